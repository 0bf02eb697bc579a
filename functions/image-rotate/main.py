"""Decodes, turns and encodes a picture: the sample image-rotate of the REAP set."""

import io

import serving
from PIL import Image, UnidentifiedImageError

BODY_BYTES = 16 << 20
PICTURE = "/app/picture.jpg"
TURNS = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}

# A small file may be a huge picture.
Image.MAX_IMAGE_PIXELS = 40_000_000


class ImageRotate(serving.Handler):
    def serve(self):
        if self.route != "/":
            self.drain()
            raise serving.Refused(404, "no such path")
        body = self.read_body(BODY_BYTES)
        source = io.BytesIO(body) if self.is_post else PICTURE
        degrees = self.number("degrees", 90, 360)
        if degrees not in TURNS:
            raise serving.Refused(400, "degrees, against the clock, is 90, 180 or 270")
        try:
            with Image.open(source) as picture:
                turned = picture.transpose(TURNS[degrees])
                kind = picture.format
        except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError) as error:
            raise serving.Refused(400, f"the body is no picture that can be read: {error}") from error
        out = io.BytesIO()
        turned.save(out, kind)
        self.answer(200, out.getvalue(), Image.MIME.get(kind, "application/octet-stream"))


if __name__ == "__main__":
    serving.serve(ImageRotate)
