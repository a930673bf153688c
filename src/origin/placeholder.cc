// origin
