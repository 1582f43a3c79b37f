"""What a page is about, read from the HTML that a site prints for search engines anyway."""
