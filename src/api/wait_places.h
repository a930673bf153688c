// WaitPlaces: how many requests may wait for a change at a time. Each of them holds a connection meanwhile: those who
// wait leave half of all to others, and half of what is left of theirs to other sites (net::site_of()).
//
// Threads    one event loop.
#pragma once

#include <cstddef>
#include <unordered_map>

#include "net/address.h"

namespace larder::api {

class WaitPlaces {
 public:
  // Place: one of them, until it ends.
  class Place {
   public:
    /// `places` must outlive it.
    Place(WaitPlaces& places, const net::IpAddress& site) : places_(places), site_(site), taken_(places.take(site)) {}
    ~Place() {
      if (taken_) places_.give_back(site_);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    /// False: there is none for this site now.
    bool taken() const { return taken_; }

   private:
    WaitPlaces& places_;
    const net::IpAddress site_;
    const bool taken_;
  };

  /// `connections`: that the server may have.
  explicit WaitPlaces(std::size_t connections) : most_(connections < 2 ? 1 : connections / 2) {}

 private:
  bool take(const net::IpAddress& site);
  void give_back(const net::IpAddress& site);

  const std::size_t most_;
  std::size_t taken_ = 0;
  std::unordered_map<net::IpAddress, std::size_t> of_site_;
};

}  // namespace larder::api
