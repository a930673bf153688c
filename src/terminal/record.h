// Record: one object as lines of a name and a value. Empty values are left out.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "terminal/table.h"

namespace larder::terminal {

class Record {
 public:
  void add(std::string name, Cell value) {
    if (!value.text.empty()) table_.add({Cell(std::move(name), Tone::kFaint), std::move(value)});
  }
  const Table& table() const { return table_; }

 private:
  Table table_{std::vector{Fit::kWhole, Fit::kWrap}};
};

}  // namespace larder::terminal
