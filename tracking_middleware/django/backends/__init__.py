"""What Django's pages show, for the functions of ``@describes``; named as Django's own backends are."""
