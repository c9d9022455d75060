#pragma once

#include "SandboxCalls.h"
#include "StorageCalls.h"
#include "GuestWire.h"
#include "SandboxWire.h"
