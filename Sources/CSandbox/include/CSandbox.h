#pragma once

#include "SandboxCalls.h"
#include "SandboxWire.h"
