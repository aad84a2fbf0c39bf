# Reads a JSON list of Atom feeds, and writes for each what is wrong with it; empty where nothing is.
require "json"
require "rss"

puts JSON.generate(JSON.parse($stdin.read).map { |feed|
  parser = RSS::Parser.new(feed)
  parser.do_validate = true
  parser.ignore_unknown_element = false
  begin
    parser.parse ? "" : "no feed"
  rescue RSS::Error => error
    error.message
  end
})
