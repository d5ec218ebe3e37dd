"""The one door: click commands, exit statuses, and what is plugged into what."""
