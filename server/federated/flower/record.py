"""The form of a message inside Flower's: one record with one field of bytes."""

RECORD, FIELD, KIND = "lookout", "message", "query"
