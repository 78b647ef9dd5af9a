"""Pictures over a real Apache Kafka: how many a second, and what is lost when things fail."""
