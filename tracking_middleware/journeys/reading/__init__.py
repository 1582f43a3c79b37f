"""What analysts ask of the tables, page by page: articles, campaigns."""
