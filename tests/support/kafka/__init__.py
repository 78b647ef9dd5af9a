"""A real broker: Apache Kafka, one node without ZooKeeper, from the jars of Maven Central."""
