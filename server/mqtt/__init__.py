"""What happens, told over MQTT: to Home Assistant, and in the topics of Frigate and Double Take.

`World` is what is so now, as retained messages; `tellings` are the messages of one event; `Bridge`
is the thread that keeps a broker in step with both.
"""
