"""Pictures and answers over Apache Kafka: uploads wait in a topic, consumers recognize them, and
the server shows the answers. Live video never goes this way: it would wait.

```
POST /uploadImage/ ──► facial_recognition_results ──► lookout consume ──► …_display ──► the server:
                         (sealed pictures)     │   (one group, N times)   (answers)     events
                                               └─► ….dlq (what nobody could read)
```
"""
