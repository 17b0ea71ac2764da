"""The nodes that come with the server, one file each. `plugins.registry.built_in` finds them here."""
