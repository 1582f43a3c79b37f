"""The command ``tracking-middleware``: one module a sub-command."""
