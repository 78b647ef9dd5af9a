"""The faces of folders and videos, sorted: contact sheets, and folders to train from."""
