// bare PORT COUNT WINDOW TOPIC PAYLOAD: publishes as fast as libmosquitto can with a window of unacknowledged messages:
// MQTT 5, QoS 1, TCP_NODELAY, ten topics in turn. What fieldpostd's draining is held against.
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int count, sent, acknowledged, window;
static const char *topic, *payload;

static void publish(struct mosquitto *client) {
  char name[256];
  while (sent < count && sent - acknowledged < window) {
    snprintf(name, sizeof name, "%s-%d", topic, sent % 10);
    if (mosquitto_publish_v5(client, NULL, name, (int)strlen(payload), payload, 1, false, NULL) != MOSQ_ERR_SUCCESS)
      exit(1);
    sent++;
  }
}

static void on_connect(struct mosquitto *client, void *context, int reason, int flags, const mosquitto_property *list) {
  (void)context, (void)flags, (void)list;
  if (reason != 0) exit(2);
  publish(client);
}

static void on_publish(struct mosquitto *client, void *context, int id, int reason, const mosquitto_property *list) {
  (void)context, (void)id, (void)list;
  if (reason >= 128) exit(3);
  acknowledged++;
  publish(client);
}

int main(int argc, char **argv) {
  if (argc != 6) return 64;
  count = atoi(argv[2]), window = atoi(argv[3]), topic = argv[4], payload = argv[5];
  mosquitto_lib_init();
  struct mosquitto *client = mosquitto_new("bare", true, NULL);
  mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
  mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1);
  mosquitto_max_inflight_messages_set(client, 0);
  mosquitto_connect_v5_callback_set(client, on_connect);
  mosquitto_publish_v5_callback_set(client, on_publish);
  if (mosquitto_connect(client, "127.0.0.1", atoi(argv[1]), 60) != MOSQ_ERR_SUCCESS) return 4;
  while (acknowledged < count)
    if (mosquitto_loop(client, 1000, 1) != MOSQ_ERR_SUCCESS) return 5;
  return 0;
}
