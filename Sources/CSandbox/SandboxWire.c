#include "SandboxWire.h"

// Both ends copy these structures as bytes, so none may hold padding that differs or leaks.
_Static_assert(sizeof(struct assay_header) == 24, "header");
_Static_assert(sizeof(struct assay_limits) == 64, "limits");
_Static_assert(sizeof(struct assay_hello) == 24 + 16 + 64 + 16 + 32 + 24 + 16, "hello");
_Static_assert(sizeof(struct assay_ready) == 24 + 16 + 48 + 32 + 16 + 8, "ready");
_Static_assert(sizeof(struct assay_create) == 24 + 8 + 32 + 32, "create");
_Static_assert(sizeof(struct assay_destination) == 8 && sizeof(struct assay_egress) == 16, "egress");
_Static_assert(sizeof(struct assay_created) == 24 + 4 + 48 + 4, "created");
_Static_assert(sizeof(struct assay_adopt) == 24 + 16 + 32, "adopt");
_Static_assert(sizeof(struct assay_run) == 24 + 64 + 24, "run");
_Static_assert(sizeof(struct assay_collect) == 24 + 16, "collect");
_Static_assert(sizeof(struct assay_done) == 24 + 4 + 48 + 4, "done");
_Static_assert(sizeof(struct assay_result) == 24 + 16 + 80, "result");
_Static_assert(sizeof(struct assay_refused) == 24 + 4 + 48 + 4, "refused");
_Static_assert(sizeof(struct assay_bundle) == 8 && sizeof(struct assay_entry) == 16, "bundle");
