"""Wire codecs: what the providers' JSON means."""
