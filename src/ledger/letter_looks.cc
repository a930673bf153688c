#include "ledger/letter_looks.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace larder::ledger {
namespace {

constexpr std::string_view kOther = "another";  // whose letters are seldom taken for Latin ones

// Letters that look like a Latin one, each before that one, in the order of code points. Left out: letters of the Latin
// alphabets of living languages, scripts that run from right to left, which nobody takes for Latin, and what styled()
// knows. U+043C is an M in small, and no letter of confusables.txt.
constexpr std::basic_string_view<char32_t> kLooksLike =
    U"\u01c0l\u0251a\u0261g\u026ai\u026fw\u028fy\u037ai\u037fJ\u0391A\u0392B\u0395E\u0396Z\u0397H\u0399I\u039aK"
    U"\u039cM\u039dN\u039fO\u03a1P\u03a4T\u03a5Y\u03a7X\u03b1a\u03b3y\u03b9i\u03bdv\u03bfo\u03c1p\u03c3o"
    U"\u03c5u\u03d2Y\u03dcF\u03f1p\u03f2c\u03f3j\u03f9C\u03faM\u0405S\u0406I\u0408J\u0410A\u0412B\u0415E"
    U"\u041aK\u041cM\u041dH\u041eO\u0420P\u0421C\u0422T\u0423Y\u0425X\u042cb\u0430a\u0433r\u0435e\u043cm\u043eo"
    U"\u0440p\u0441c\u0443y\u0445x\u0455s\u0456i\u0458j\u0461w\u0474V\u0475v\u04aeY\u04afy\u04bbh\u04bde"
    U"\u04c0I\u04cfi\u0501d\u050cG\u051bq\u051cW\u051dw\u054dU\u054fS\u0555O\u0561w\u0563q\u0566q\u0570h"
    U"\u0578n\u057cn\u057du\u0581g\u0584f\u0585o\u0966o\u0a66o\u0ae6o\u0b20O\u0be6o\u0c66o\u0ce6o\u0d20o\u0d66o\u0e50o"
    U"\u0ed0o\u101do\u1040o\u10e7y\u10ffo\u1200U\u12d0O\u13a0D"
    U"\u13a1R\u13a2T\u13a5i\u13a9Y\u13aaA\u13abJ\u13acE\u13b3W\u13b7M\u13bbH\u13bdY\u13c0G\u13c2h\u13c3Z"
    U"\u13cfb\u13d2R\u13d4W\u13d5S\u13d9V\u13daS\u13deL\u13dfC\u13e2P\u13e6K\u13e7d\u13f3G\u13f4B\u142fV"
    U"\u144cU\u146dP\u146fd\u1472b\u148dJ\u14aaL\u1541x\u157cH\u157dx\u1587R\u15afb\u15b4F\u15c5A\u15deD"
    U"\u15eaD\u15f0M\u15f7B\u16b7X\u16c1l\u16d5K\u16d6M\u1d04c\u1d0fo\u1d11o\u1d1cu\u1d20v\u1d21w\u1d22z"
    U"\u1d26r\u1d83g\u1d8cy\u1fbei\u2102C\u210ag\u210bH\u210cH\u210dH\u210eh\u2110I\u2111I\u2112L\u2113l"
    U"\u2115N\u2119P\u211aQ\u211bR\u211cR\u211dR\u2124Z\u2128Z\u212aK\u212cB\u212dC\u212fe\u2130E\u2131F"
    U"\u2133M\u2134o\u2139i\u213dy\u2145D\u2146d\u2147e\u2148i\u2149j\u2160I\u2164V\u2169X\u216cL\u216dC"
    U"\u216eD\u216fM\u2170i\u2174v\u2179x\u217cl\u217dc\u217ed\u217fm\u2c85r\u2c8eH\u2c92I\u2c94K\u2c98M"
    U"\u2c9aN\u2c9eO\u2c9fo\u2ca2P\u2ca3p\u2ca4C\u2ca5c\u2ca6T\u2ca8Y\u2cacX\u2cd0L\u2d38V\u2d39E\u2d4fl"
    U"\u2d54O\u2d55Q\u2d5dX\u3007O\ua4d0B\ua4d1P\ua4d2d\ua4d3D\ua4d4T\ua4d6G\ua4d7K\ua4d9J\ua4daC\ua4dcZ"
    U"\ua4ddF\ua4dfM\ua4e0N\ua4e1L\ua4e2S\ua4e3R\ua4e6V\ua4e7H\ua4eaW\ua4ebX\ua4ecY\ua4eeA\ua4f0E\ua4f2l"
    U"\ua4f3O\ua4f4U\ua647i\ua6dfV\ua731s\ua798F\ua799f\ua79fu\ua7b2J\ua7b3X\ua7b4B\uab32e\uab35f\uab3do"
    U"\uab47r\uab48r\uab4eu\uab52u\uab5ay\uab75i\uab81r\uab83w\uab93z\uaba9v\uabaas\uabafc\U00010282B"
    U"\U00010286E\U00010287F\U0001028al\U00010290X\U00010292O\U00010295P\U00010296S\U00010297T\U000102a0A"
    U"\U000102a1B\U000102a2C\U000102a5F\U000102abO\U000102b0M\U000102b1T\U000102b2Y\U000102b4X\U000102cfH"
    U"\U00010301B\U00010302C\U00010309l\U00010311M\U00010315T\U00010317X\U00010404O\U00010415C\U0001041bL"
    U"\U00010420S\U0001042co\U0001043dc\U00010448s\U000104b4R\U000104c2O\U000104ceU\U000104eao\U000104f6u"
    U"\U00010513N\U00010516O\U00010518K\U0001051cC\U0001051dV\U00010525F\U00010526L\U00010527X\U00011700m"
    U"\U00011706v\U0001170aw\U0001170ew\U0001170fw\U000118a0V\U000118a2F\U000118a3L\U000118a4Y\U000118a6E"
    U"\U000118a9Z\U000118aeE\U000118b2L\U000118b5O\U000118b8U\U000118bcT\U000118c0v\U000118c1s\U000118c2F"
    U"\U000118c3i\U000118c4z\U000118c8o\U000118d7o\U000118d8u\U000118dcy\U00016f08V\U00016f0aT\U00016f16L"
    U"\U00016f28l\U00016f35R\U00016f3aS\U00016f40A\U00016f42U\U00016f43Y";

// Several letters, or one with a mark, in one character.
struct Spelled {
  char32_t point;
  std::string_view letters;
};
constexpr std::array kSpelled = {
    Spelled{0x0132, "IJ"},   Spelled{0x0133, "ij"},   Spelled{0x01C4, "DŽ"}, Spelled{0x01C5, "Dž"},
    Spelled{0x01C6, "dž"},   Spelled{0x01C7, "LJ"},   Spelled{0x01C8, "Lj"}, Spelled{0x01C9, "lj"},
    Spelled{0x01CA, "NJ"},   Spelled{0x01CB, "Nj"},   Spelled{0x01CC, "nj"}, Spelled{0x01F1, "DZ"},
    Spelled{0x01F2, "Dz"},   Spelled{0x01F3, "dz"},   Spelled{0x212B, "Å"},  Spelled{0x2161, "II"},
    Spelled{0x2162, "III"},  Spelled{0x2163, "IV"},   Spelled{0x2165, "VI"}, Spelled{0x2166, "VII"},
    Spelled{0x2167, "VIII"}, Spelled{0x2168, "IX"},   Spelled{0x216A, "XI"}, Spelled{0x216B, "XII"},
    Spelled{0x2171, "ii"},   Spelled{0x2172, "iii"},  Spelled{0x2173, "iv"}, Spelled{0x2175, "vi"},
    Spelled{0x2176, "vii"},  Spelled{0x2177, "viii"}, Spelled{0x2178, "ix"}, Spelled{0x217A, "xi"},
    Spelled{0x217B, "xii"},  Spelled{0xFB00, "ff"},   Spelled{0xFB01, "fi"}, Spelled{0xFB02, "fl"},
    Spelled{0xFB03, "ffi"},  Spelled{0xFB04, "ffl"},  Spelled{0xFB05, "st"}, Spelled{0xFB06, "st"}};

struct ScriptSpan {
  char32_t first;
  char32_t last;
  std::string_view name;
};

// The scripts that have such letters, and those of East Asia. Source: Scripts.txt, neighbours joined.
constexpr std::array kScripts = {
    ScriptSpan{U'A', U'Z', kLatin},           ScriptSpan{U'a', U'z', kLatin},
    ScriptSpan{0x00C0, 0x02B8, kLatin},       ScriptSpan{0x0370, 0x03E1, "Greek"},
    ScriptSpan{0x03E2, 0x03EF, "Coptic"},     ScriptSpan{0x03F0, 0x03FF, "Greek"},
    ScriptSpan{0x0400, 0x052F, "Cyrillic"},   ScriptSpan{0x0531, 0x0587, "Armenian"},
    ScriptSpan{0x10A0, 0x10FF, "Georgian"},   ScriptSpan{0x1100, 0x11FF, kEastAsian},
    ScriptSpan{0x13A0, 0x13FD, "Cherokee"},   ScriptSpan{0x1400, 0x167F, "Canadian Aboriginal"},
    ScriptSpan{0x16A0, 0x16F8, "Runic"},      ScriptSpan{0x1C80, 0x1C88, "Cyrillic"},
    ScriptSpan{0x1D00, 0x1DBF, kLatin},       ScriptSpan{0x1E00, 0x1EFF, kLatin},
    ScriptSpan{0x1F00, 0x1FFE, "Greek"},      ScriptSpan{0x2160, 0x2188, kLatin},
    ScriptSpan{0x2C60, 0x2C7F, kLatin},       ScriptSpan{0x2C80, 0x2CFF, "Coptic"},
    ScriptSpan{0x2DE0, 0x2DFF, "Cyrillic"},   ScriptSpan{0x2E80, 0x2FDF, kEastAsian},
    ScriptSpan{0x3005, 0x3007, kEastAsian},   ScriptSpan{0x3021, 0x3029, kEastAsian},
    ScriptSpan{0x3041, 0x31FF, kEastAsian},   ScriptSpan{0x3400, 0x4DBF, kEastAsian},
    ScriptSpan{0x4E00, 0x9FFF, kEastAsian},   ScriptSpan{0xA4D0, 0xA4FF, "Lisu"},
    ScriptSpan{0xA640, 0xA69F, "Cyrillic"},   ScriptSpan{0xA722, 0xA7FF, kLatin},
    ScriptSpan{0xA960, 0xA97F, kEastAsian},   ScriptSpan{0xAB30, 0xAB69, kLatin},
    ScriptSpan{0xAB70, 0xABBF, "Cherokee"},   ScriptSpan{0xAC00, 0xD7FF, kEastAsian},
    ScriptSpan{0xF900, 0xFAFF, kEastAsian},   ScriptSpan{0xFB00, 0xFB06, kLatin},
    ScriptSpan{0xFF10, 0xFF19, kLatin},       ScriptSpan{0xFF21, 0xFF3A, kLatin},
    ScriptSpan{0xFF41, 0xFF5A, kLatin},       ScriptSpan{0xFF66, 0xFFDC, kEastAsian},
    ScriptSpan{0x1AFF0, 0x1B16F, kEastAsian}, ScriptSpan{0x1D400, 0x1D6A5, kLatin},
    ScriptSpan{0x1D6A8, 0x1D7CB, "Greek"},    ScriptSpan{0x1D7CE, 0x1D7FF, kLatin},
    ScriptSpan{0x1FBF0, 0x1FBF9, kLatin},     ScriptSpan{0x20000, 0x3FFFF, kEastAsian}};

/// A full-width or mathematical letter or digit as the plain one; '\0': it is none.
char styled(char32_t point) {
  const auto in = [point](char32_t first, char32_t last) { return point >= first && point <= last; };
  if (in(0xFF21, 0xFF3A)) return static_cast<char>('A' + (point - 0xFF21));
  if (in(0xFF41, 0xFF5A)) return static_cast<char>('a' + (point - 0xFF41));
  if (in(0xFF10, 0xFF19)) return static_cast<char>('0' + (point - 0xFF10));
  if (in(0x1D7CE, 0x1D7FF)) return static_cast<char>('0' + (point - 0x1D7CE) % 10);
  if (in(0x1FBF0, 0x1FBF9)) return static_cast<char>('0' + (point - 0x1FBF0));
  if (in(0x1D6A4, 0x1D6A5)) return static_cast<char>('i' + (point - 0x1D6A4));
  if (!in(0x1D400, 0x1D6A3)) return '\0';
  const auto place = (point - 0x1D400) % 52;  // alphabets one after the other, large letters before small ones
  return static_cast<char>(place < 26 ? 'A' + place : 'a' + (place - 26));
}

/// A mathematical Greek letter as the plain one; any other character as it is.
char32_t without_style(char32_t point) {
  if (point < 0x1D6A8 || point > 0x1D7CB) return point;
  const char32_t place = (point - 0x1D6A8) % 58;  // 25 large letters, nabla, 25 small ones, 7 variants
  if (place < 25) return 0x391 + place;
  return place > 25 && place < 51 ? 0x3B1 + (place - 26) : point;
}

/// Signs and pictures of no script: punctuation, symbols, emoji.
bool is_sign(char32_t point) {
  return point < 0x370 || (point >= 0x2000 && point < 0x2C00) || (point >= 0x2E00 && point < 0x2E80) ||
         (point >= 0x3000 && point < 0x3040) || (point >= 0xFE00 && point < 0xFE70) ||
         (point >= 0xFF00 && point < 0xFF66) || point >= 0x1F000;
}

}  // namespace

std::string latin_of(char32_t point) {
  for (const Spelled& spelled : kSpelled) {
    if (spelled.point == point) return std::string(spelled.letters);
  }
  const char32_t plain = without_style(point);
  for (std::size_t i = 0; i < kLooksLike.size(); i += 2) {
    if (kLooksLike[i] == plain) return {static_cast<char>(kLooksLike[i + 1])};
  }
  const char letter = styled(point);
  return letter == '\0' ? std::string() : std::string(1, letter);
}

char plain_sign(char32_t point) {
  switch (point) {
    case 0x2043:
    case 0x2212:
    case 0xFE58:
    case 0xFE63:
    case 0xFF0D: return '-';
    case 0x2024:
    case 0xFF0E: return '.';
    case 0x2044:
    case 0x2215:
    case 0xFF0F: return '/';
    default: return point >= 0x2010 && point <= 0x2015 ? '-' : '\0';
  }
}

std::string_view script_of(char32_t point, bool is_latin_looking) {
  for (const ScriptSpan& span : kScripts) {
    if (point >= span.first && point <= span.last) return span.name;
  }
  if (!is_sign(point)) return kOther;
  return is_latin_looking ? kLatin : std::string_view();  // "ℂ"
}

}  // namespace larder::ledger
