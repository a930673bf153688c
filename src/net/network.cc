#include "net/network.h"

namespace larder::net {
namespace {

IpAddress first_of(const IpAddress& address, int bits) {
  return address.is_v4() ? address : Prefix(address, bits).network();
}

}  // namespace

IpAddress network_of(const IpAddress& address) { return first_of(address, kNetworkBits); }
IpAddress site_of(const IpAddress& address) { return first_of(address, kSiteBits); }

}  // namespace larder::net
