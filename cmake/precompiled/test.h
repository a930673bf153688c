// asio.h and GoogleTest.
#pragma once

#include <gtest/gtest.h>

#include "asio.h"
