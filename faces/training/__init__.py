"""The training of a gallery from folders of photographs, with a cache and a report."""
