// Kinds of Unicode characters that are not what they seem: those that control, those that nobody sees, blanks.
//
// Source     Unicode 15: general categories Cc, Cf, Zl and Zp; Default_Ignorable_Code_Point; White_Space.
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

/// Blanks of any width, tabs and line ends.
bool is_blank(char32_t point);

}  // namespace larder
