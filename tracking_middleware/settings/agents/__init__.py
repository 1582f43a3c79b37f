"""How the settings about agents are checked."""
