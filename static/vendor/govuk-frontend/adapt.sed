# Physical sides become logical ones, so that Urdu and Arabic pages mirror without a second stylesheet.
s/(margin|padding)-left:/\1-inline-start:/g
s/(margin|padding)-right:/\1-inline-end:/g
s/border-left(-(width|style|color))?:/border-inline-start\1:/g
s/border-right(-(width|style|color))?:/border-inline-end\1:/g
s/([;{])left:/\1inset-inline-start:/g
s/([;{])right:/\1inset-inline-end:/g
s/text-align:left/text-align:start/g
s/text-align:right/text-align:end/g
s/float:left/float:inline-start/g
s/float:right/float:inline-end/g
# Sass writes a byte-order mark before non-ASCII text; style sheets that follow another must not have one.
s/^\xEF\xBB\xBF//
# The last three places where GOV.UK's blue is not a custom property.
s/#1d70b8/var(--govuk-brand-colour)/g
