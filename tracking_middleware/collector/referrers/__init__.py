"""Where visitors come from: which sites are search engines, social networks, mail, advertising, chatbots."""
