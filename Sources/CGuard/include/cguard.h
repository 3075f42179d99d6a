// The calls of libmosquitto that take apart what a broker sends. The library checks itself with assert(3), and one of the
// checks of 2.0.11 fails at an MQTT 5 property that does not exist. That would end the process.
#ifndef FIELDPOST_CGUARD_H
#define FIELDPOST_CGUARD_H

struct mosquitto;

/// mosquitto_loop_read; MOSQ_ERR_MALFORMED_PACKET where an assertion of the library failed. After that nothing but
/// mosquitto_destroy may be called with `mosq`. What the library had allocated for the packet is not given back.
int cguard_loop_read(struct mosquitto *mosq, int max_packets);

/// The same for mosquitto_loop.
int cguard_loop(struct mosquitto *mosq, int timeout, int max_packets);

#endif
