"""Who it is: the tracker's cookies, sessions, the twin, tokens and the Subject."""
