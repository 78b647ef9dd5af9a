"""From folders of photographs to a gallery, with a cache and a report."""
