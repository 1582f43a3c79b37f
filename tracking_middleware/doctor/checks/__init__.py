"""What can be said of settings, hosts and the order of middleware without sending anything."""
