"""The JSON forms of the domain's values, a module a noun; a body loads to a domain value."""
