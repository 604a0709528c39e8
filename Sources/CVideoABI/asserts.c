#include "CVideoABI.h"
