"""What stands around everything that the web server answers: who is let in, how often, under which name, with which
headers; what is logged of it."""
