import argparse
import os

parser = argparse.ArgumentParser()
parser.add_argument("--text")
parser.add_argument("--input_data")
parser.add_argument("--output_data")
args = parser.parse_args()

print("text:", args.text)
print("secret here:", os.path.exists("ignored.secret"))
if args.input_data:
    print("input files:", sorted(os.listdir(args.input_data)))
if args.output_data:
    with open(os.path.join(args.output_data, "hello-world.txt"), "w") as file:
        file.write(args.text or "")
