#pragma once

#include "SandboxCalls.h"
#include "GuestWire.h"
#include "SandboxWire.h"
