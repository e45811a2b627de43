"""Pictures that marketers upload: made harmless, stored once, served as nothing but pictures."""
