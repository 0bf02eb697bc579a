"""Draws the photograph that the sample rotates when nobody sends one: the same each time."""

import sys

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 1600, 1200

if __name__ == "__main__":
    sky = Image.linear_gradient("L").resize((WIDTH, HEIGHT))
    picture = Image.merge("RGB", (sky, sky.rotate(180), Image.radial_gradient("L").resize((WIDTH, HEIGHT))))
    draw = ImageDraw.Draw(picture)
    for step in range(60):
        x, y = step * 397 % WIDTH, step * 211 % HEIGHT
        draw.ellipse((x, y, x + 20 + step * 3, y + 20 + step * 2), fill=(step * 4, 255 - step * 3, step * 37 % 256))
    picture.save(sys.argv[1], "JPEG", quality=90)
