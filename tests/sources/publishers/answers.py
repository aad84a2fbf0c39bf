"""Answers of 新浪, 同花顺 and 格隆汇 in the shape of the recordings, with every key and with texts of our own."""

import json

SINA_FLASH = {
    "id": 5103048, "zhibo_id": 152, "type": 0, "rich_text": "【新茶上市】产区今日开秤。（茶山晚报）", "multimedia": "",
    "commentid": "live:finance-152-5103048:0", "compere_id": 0, "creator": "staff@mail.example",
    "mender": "staff@mail.example", "create_time": "2026-09-19 11:05:56", "update_time": "2026-09-19 11:05:56",
    "is_need_check": "1", "check_time": "2026-09-19 11:05:59", "check_status": "1", "check_user": "chief@mail.example",
    "is_delete": 0, "top_value": 0, "is_focus": 0, "source_content_id": "0", "anchor_image_url": "", "anchor": "",
    "ext": "", "old_live_cid": "0", "tab": "", "is_repeat": "0", "tag": [{"id": "8", "name": "其他"}], "like_nums": 0,
    "comment_list": {"list": [{"nick": "读者甲", "area": "某地", "content": "好茶"}], "total": 1},
    "docurl": "https://finance.sina.cn/7x24/2026-09-19/detail-inisinhh0000001.d.html", "rich_text_nick_to_url": [],
    "rich_text_nick_to_routeUri": [], "compere_info": "",
}  # fmt: skip
SINA_EXT = {
    "stocks": [{"market": "cn", "symbol": "sh600001", "key": "茶业", "hot": 7}], "needPushWB": False, "needCMSLink": True,
    "needCalender": False, "terms": [], "docid": "nisinhh0000001",
    "docurl": "https://finance.sina.com.cn/7x24/2026-09-19/doc-inisinhh0000001.shtml",
}  # fmt: skip
SINA_ARTICLE = {
    "icons": "", "is_cre_manual": "0", "hqChart": '{"stockCharts":"no","stockCode":"","stockMarket":""}',
    "intime": "1790613249", "channelid": "31", "ctime": "1790613243", "mtime": "1790613303", "authoruid": "0",
    "level": "2", "vid": "0", "ipad_vid": "0", "video_time_length": "0", "categoryid": "1", "mediaid": "0",
    "docid": "comos:nitmeav0000001", "title": "新茶上市，价格平稳", "stitle": "", "summary": "",
    "url": "https://finance.sina.com.cn/world/2026-09-29/doc-initmeav0000001.shtml", "urls": "[]",
    "wapurl": "https://finance.sina.cn/usstock/mggd/2026-09-29/detail-initmeav0000001.d.html", "wapsummary": "",
    "intro": " 产区今日开秤，茶农说价格与去年相当...", "author": "", "commentid": "cj:comos-nitmeav0000001:0",
    "video_id": "0", "keywords": "", "media_name": "茶山晚报", "columnid": "1850,2018", "subjectid": "", "img": [],
    "images": [{"u": "http://n.example/1.png", "w": "550", "h": "315", "t": ""}], "lids": "2516", "oid": "1", "ext": "1",
}  # fmt: skip
THS_FLASH = {
    "id": "5278051", "seq": "680400955", "title": "新茶上市", "digest": "产区今日开秤，价格平稳。（茶山晚报）",
    "url": "https://news.10jqka.com.cn/20260930/c680400955.shtml", "appUrl": "https://news.10jqka.com.cn/m680400955/",
    "shareUrl": "https://news.10jqka.com.cn/tapp/news/share/680400955/", "color": "2", "tag": "异动,A股",
    "tags": [{"id": "21111", "name": "异动"}], "ctime": "1790746750", "rtime": "1790746755", "source": "", "picUrl": "",
    "nature": "0", "stock": [{"name": "茶业", "stockCode": "600001", "stockMarket": "17"}],
    "field": [{"name": "饮料", "stockCode": "885001", "stockMarket": "48"}],
    "short": "产区今日开秤，价格平稳。（茶山晚报）", "import": "3",
    "tagInfo": [{"id": "50000042", "name": "茶", "score": "0.508", "type": "0"}],
}  # fmt: skip
GELONGHUI_FLASH = {
    "id": 2694771, "title": "新茶上市 ", "createTimestamp": 1790748294, "updateTimestamp": 1790748299,
    "count": {"read": 2760, "comment": 0, "favorite": 0, "like": 0, "share": 2},
    "statistic": {"isFavorite": None, "isLike": None, "isTrial": None, "isPay": None},
    "content": "格隆汇9月30日｜产区今日开秤。", "contentPrefix": "格隆汇9月30日｜",
    "relatedStocks": [{"market": "HK", "code": "00001", "name": "茶业", "canClick": True}], "relatedInfos": None,
    "pictures": [], "relatedArticles": None, "source": {"name": None, "link": None}, "interpretation": None, "level": 1,
    "route": "https://www.gelonghui.com/live/2694771", "closeComment": False,
}  # fmt: skip
THS_ROW = """<li><span class="arc-title">
  <a target="_blank" title="{title}" href="http://news.10jqka.com.cn/20260930/c{seq}.shtml" class="news-link"
   data-seq="{seq}">{title}</a> <span>{time}</span></span>
  <a target="_blank" href="http://news.10jqka.com.cn/20260930/c{seq}.shtml" rel="nofollow" class="arc-cont news-link"
   data-seq="{seq}">&ensp;&ensp;{digest} ...</a></li>"""
THS_PAGE = """<!DOCTYPE html><html><head><title>财经要闻</title>
<meta http-equiv="Content-Type" content="text/html; charset=gbk" /></head><body>
<ul class="list"><li id="list_today"><a href="http://news.10jqka.com.cn/today_list/">财经要闻</a></li></ul>
<div class="module-l fl"><div class="list-con"><ul>{rows}</ul><div class="bottom-page"><span class="num-container">
<a class="num">1</a> <a href="http://news.10jqka.com.cn/today_list/index_2.shtml" rel="nofollow">2</a>
{next}</span></div></div></div>
<ul class="item zxrank"><li><i>1.</i> <a href="http://stock.10jqka.com.cn/20250822/c670000001.shtml">排行</a></li></ul>
</body></html>"""
THS_NEXT = '<a href="http://news.10jqka.com.cn/today_list/index_2.shtml" class="next">下一页</a>'


def sina_live(*rows: object) -> bytes:
    data = {
        "zhibo": [], "focus": [], "top": {"list": [], "html": "", "top_ids": "", "survey_id": []},
        "feed": {
            "list": list(rows), "html": "", "max_id": 5103048, "min_id": 5103029, "survey_id": [],
            "page_info": {"totalPage": 45, "pageSize": 20, "totalNum": 900, "pName": "page", "page": 1},
        },
    }  # fmt: skip
    status = {"code": 0, "msg": "OK"}
    return as_bytes({"result": {"status": status, "timestamp": "Sat Sep 19 11:06:49 +0800 2026", "data": data}})


def sina_roll(*rows: object) -> bytes:
    result = {
        "status": {"code": 0, "msg": "succ"}, "timestamp": "Tue Sep 29 00:39:35 +0800 2026", "top": [], "pdps": [],
        "cre": [], "total": 100350, "end": 1790596342, "start": 1790613243, "lid": 2516, "rtime": 1790613575,
        "data": list(rows),
    }  # fmt: skip
    return as_bytes({"result": result})


def ths_flash(*rows: object) -> bytes:
    data = {"list": list(rows), "filter": [{"id": "21101", "name": "全部", "bury": "all"}], "total": "11247"}
    return as_bytes({"code": "200", "msg": "成功", "time": "1790746996", "data": data})


def ths_list(*rows: str, following: str = THS_NEXT) -> bytes:
    return THS_PAGE.format(rows="\n".join(rows), next=following).encode("gb18030")


def ths_row(
    seq: object = 680400243, title: str = "新茶上市", time: str = "09月30日 13:10", digest: str = "产区开秤"
) -> str:
    return THS_ROW.format(seq=seq, title=title, time=time, digest=digest)


def gelonghui_lives(*rows: object) -> bytes:
    return as_bytes({"statusCode": 200, "message": "", "totalCount": 0, "result": list(rows)})


def as_bytes(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
