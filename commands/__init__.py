"""What each command of the command line does, by subject; ioc.py gives them their names. What is heavy to import waits
inside the functions, so that the help comes at once.
"""
