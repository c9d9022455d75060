#pragma once

#include <stdint.h>

// The functions of a Java virtual machine that the agent calls, at their places in the tables that the Java Native
// Interface ("Interface Function Table") and the JVM Tool Interface ("Function Index") fix for ever. What lies between
// them has no name here: so the agent needs no development kit to be built, and serves every version of Java.

typedef void *object;
typedef const struct java_functions *const *java;
typedef const struct tool_functions *const *tools;
typedef const struct machine_functions *const *machine;

struct machine_functions {
    void *places_0_to_5[6];
    int32_t (*get_interface)(machine, void *found, int32_t version);
};

struct java_functions {
    void *places_0_to_5[6];
    object (*find_class)(java, const char *name);
    void *places_7_to_27[21];
    object (*new_object)(java, object class, void *constructor, ...);
    void *places_29_to_32[4];
    void *(*find_method)(java, object class, const char *name, const char *signature);
    void *places_34_to_112[79];
    void *(*find_static_method)(java, object class, const char *name, const char *signature);
    object (*call_static)(java, object class, void *method, ...);
    void *places_115_to_128[14];
    int32_t (*call_static_int)(java, object class, void *method, ...);
    void *places_130_to_166[37];
    object (*new_string)(java, const char *text);
    void *places_168_to_171[4];
    object (*new_array)(java, int32_t count, object class, object value);
    void *place_173;
    void (*set_element)(java, object array, int32_t index, object value);
    void *places_175_to_227[53];
    uint8_t (*has_failed)(java);
};

enum { TOOLS_VERSION = 0x30010200, EVENT_STARTED = 50, ENABLE = 1 };

/// Called on the main thread once the machine is initialized, before it looks for the class of the program.
struct tool_events {
    void (*started)(tools, java, object thread);
};

/// Places count from 1 here.
struct tool_functions {
    void *place_1;
    int32_t (*enable)(tools, int32_t is_enabled, int32_t event, object thread, ...);
    void *places_3_to_107[105];
    int32_t (*collect_garbage)(tools);
    void *places_109_to_121[13];
    int32_t (*set_events)(tools, const struct tool_events *, int32_t size);
};
