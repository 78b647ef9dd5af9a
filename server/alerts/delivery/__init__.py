"""From alerts to messages that have been delivered: wording, plan, outbox, retries."""
