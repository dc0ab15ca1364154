"""Results for people: what the commands put on the screen."""
