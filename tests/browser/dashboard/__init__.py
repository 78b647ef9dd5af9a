"""The dashboard in headless Chromium: one site, one browser and one page for the whole folder."""
