# Reads a JSON list of Markdown texts and writes the list of what Jekyll's kramdown makes of them.
require "json"
require "jekyll"

config = Jekyll.configuration("quiet" => true, "skip_config_files" => true)
config["kramdown"] = config["kramdown"].merge(JSON.parse(ARGV[0] || "{}"))
parser = Jekyll::Converters::Markdown::KramdownParser.new(config)
puts JSON.generate(JSON.parse($stdin.read).map { |text| parser.convert(text) })
