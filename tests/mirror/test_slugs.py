import pytest

from finews_spider.mirror.slugs import slug_for


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("新京报", "xinjingbao"),
        ("重庆商报", "chongqingshangbao"),
        ("21世纪经济报道", "21shijijingjibaodao"),
        ("Career In 投行PEVC", "CareerIntouxingPEVC"),
        ("../../etc/passwd", "etcpasswd"),
        ("ＡＢＣ", "ABC"),
        ("（）", "media"),
        ("", "media"),
        ("Index", "Index-media"),
        ("emnews", "emnews-media"),
        ("CON", "CON-media"),
    ],
)
def test_slugs_are_pinyin_and_safe(name, slug):
    assert slug_for(name) == slug


def test_a_long_name_gives_a_slug_that_a_file_system_takes():
    assert len(slug_for("银" * 500)) <= 60
