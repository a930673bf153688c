// serve_scenario(): the origins of a scenario, each as the first label of its host name says.
//
//   good-*      what is asked for, at once
//   trickle-*   the same; how slow it is, is its connections' manner
//   head-*      half of a head, and then nothing
//   body-*      the first 10,000 bytes of a body, and then nothing
//   lie-*       a length that is not the body's: too short a body, or another part than was asked for
//   silent-*    what is asked for, which is old at once, and nothing at all to a condition
//   endless-*   a body in chunks that never ends
//
// A path is /BYTES/anything: the size of the object there.
//
// Threads    one.
#pragma once

#include <memory>

#include "core/task.h"
#include "simulation/simulated_network.h"

namespace larder::simulation {

Task<void> serve_scenario(std::unique_ptr<SimulatedStream> stream);

}  // namespace larder::simulation
