"""Who may come in and what they may do: roles, sign-in, sessions, what makes a start unsafe."""
