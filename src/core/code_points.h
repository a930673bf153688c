// Kinds of Unicode characters that are not what they seem: those that control, those that nobody sees, blanks, marks on
// others, and those that are none.
//
// Source     Unicode 15: general categories Cc, Cf, Zl and Zp; Default_Ignorable_Code_Point; White_Space. Unicode 17:
// Cn,
//            Co, Mn, Me.
#pragma once

namespace larder {

/// C0 (with tabs and line ends), DEL, C1.
bool is_control(char32_t point);

/// Characters that nobody sees, or that change how those beside them are shown: marks of the direction of writing, zero
/// width, tags, fillers, separators of lines, and code points that are no characters.
bool is_invisible(char32_t point);

/// Those of is_invisible() that ordinary writing needs between two characters: joiners, and what chooses between a sign
/// and its picture.
bool is_joiner(char32_t point);

/// What would steer a terminal, or what nobody sees there: is_control(), and is_invisible() but for joiners.
bool is_unprintable(char32_t point);

/// No character, or another one for everybody: not assigned, or for private use. What is shown for them looks alike.
bool is_unknown(char32_t point);

/// Written onto the character before it, such as an accent.
bool is_mark(char32_t point);

/// Blanks of any width, tabs and line ends.
bool is_blank(char32_t point);

}  // namespace larder
