"""The filters that pages share: what the URL says of them, what a day is, what events say of articles."""
