"""From files to an entry of ``mapped_sources``."""
