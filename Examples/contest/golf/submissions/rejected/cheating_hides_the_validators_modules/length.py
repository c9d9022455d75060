def getsize(path):
    return 0

import sys
sys.exit(42)
