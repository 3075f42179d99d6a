/// Documents as a daemon gives them.
enum Story {
  static let healthy = """
    {"status":1,"health":"healthy","reasons":[],"version":"0.1.0","pid":4711,"device":"coldstore-7","epoch":12,
    "uptime":277440.5,"clock":{"time":"2026-11-23T05:01:02.123Z","synced":true,"corrected":false},
    "sensors":[
    {"id":"freezer-1","driver":"tmp102","where":"i2c-1 0x48","bus":"i2c-1","every":1,"best_effort":false,"state":"ok",
    "values":[{"quantity":"temperature","value":-18.25,"unit":"°C"}],"quality":"good","age":0.412,"taken":277440,
    "failed":0,"success":1,"recent":{"taken":100,"of":100},"faults":0,"alarms":[]},
    {"id":"door","driver":"contact","where":"gpio GPIO17","bus":"gpio","every":10,"best_effort":false,"state":"waiting",
    "taken":0,"failed":0,"recent":{"taken":0,"of":0},"faults":0,"alarms":[]}],
    "buses":[{"name":"i2c-1","state":"healthy"},{"name":"gpio","state":"healthy"}],
    "uplink":{"state":"connected","since":"2026-11-23T05:01:02.123Z","seconds":10920,"broker":"broker:1883",
    "answers":true,"protocol":"MQTT 5","in_flight":2,"held":[],"reconnects":1,"dead_letters":0},
    "spool":{"waiting":0,"durable":0,"taken":9,"acknowledged":9,"evicted":0,"expired":0,"lost":0,"since_start":
    {"evicted":0,"expired":0,"lost":0,"refused":0,"bytes_written":0},"bytes_written_today":0,"hours_left":167,
    "degraded":false,"losing":false}}
    """

  static let degraded = """
    {"status":1,"health":"degraded","reasons":["hall: cannot be read for 3 min 20 s: checksum"],"version":"0.1.0",
    "pid":4711,"device":"coldstore-7","epoch":12,"uptime":59,
    "clock":{"time":"1970-01-01T00:01:02.123Z","synced":false,"corrected":false},
    "sensors":[
    {"id":"hall-with-a-very-long-name-indeed","driver":"bme280","where":"i2c-1 0x76","bus":"i2c-1","every":1,
    "best_effort":false,"state":"fault","fault":{"text":"checksum","since":"x","seconds":200},
    "values":[{"quantity":"temperature","value":21.512345,"unit":"°C"},{"quantity":"humidity","value":45.2,"unit":"%"},
    {"quantity":"pressure","value":1013.25,"unit":"hPa"}],"quality":"good","age":201,"taken":99999,"failed":1,
    "success":0.99999,"recent":{"taken":99,"of":100},"faults":2,"alarms":[]},
    {"id":"air","driver":"dht22","where":"gpio GPIO4","bus":"gpio air","every":10,"best_effort":true,"state":"ok",
    "values":[{"quantity":"temperature","value":7,"unit":"°C"}],"quality":"suspect","age":4,"taken":2,"failed":1,
    "success":0.666667,"recent":{"taken":2,"of":3},"faults":1,
    "alarms":[{"alarm":"high","quantity":"temperature","since":"x","seconds":2}]},
    {"id":"door","driver":"contact","where":"gpio GPIO17","bus":"gpio","every":10,"best_effort":false,
    "state":"not answering","values":[{"quantity":"contact","value":true}],"quality":"good","age":40,
    "taken":1,"failed":0,"success":1,"recent":{"taken":1,"of":1},"faults":0,"alarms":[]}],
    "buses":[{"name":"i2c-1","state":"stuck","stuck":{"since":"x","seconds":12},"power_cycled":{"at":"x","seconds":8}},
    {"name":"gpio","state":"not answering","reading":{"sensor":"door","seconds":42}},
    {"name":"gpio air","state":"healthy"}],
    "uplink":{"state":"waiting","retry_in":2.3,"since":"x","seconds":42,"broker":"broker:1883","answers":false,
    "reconnects":0,"dead_letters":2,"last_error":{"text":"connect: Connection refused (code 14)","at":"x","seconds":3}},
    "spool":{"waiting":42,"durable":30,"oldest":{"time":"x","seconds":41},"taken":9,"acknowledged":9,"evicted":12,
    "expired":0,"lost":3,"since_start":{"evicted":2,"expired":0,"lost":0,"refused":1,"bytes_written":20480},
    "bytes_written_today":8192,"hours_left":1,"degraded":true,"losing":true}}
    """
}
