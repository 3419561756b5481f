/**
 * What the issuers of `card-table.ts` are called in English, one a line as `name|English name`. A name after `~` is the
 * Chinese one in Hanyu Pinyin (GB/T 16159; place names as they are usual in English): that issuer has no English name
 * that is well known. The others are the names under which the banks publish annual reports or deal with customers in
 * English, put together by us; those of the seven issuers that binlist/data (ranges.csv, commit
 * 7400e175f00daaf64f239101fc382f988c20d46e) also names agree with it.
 */
export const issuerNames = `
中国农业银行|Agricultural Bank of China
AEON银行|~AEON Yinhang
安徽省农村信用社|~Anhui Sheng Nongcun Xinyongshe
鞍山银行|~Anshan Yinhang
潍坊银行|~Weifang Yinhang
澳门商业银行|Banco Comercial de Macau
保定银行|~Baoding Yinhang
东亚银行有限公司|Bank of East Asia
广西北部湾银行|Guangxi Beibu Gulf Bank
河北银行|Bank of Hebei
北京银行|Bank of Beijing
北京农村商业银行|Beijing Rural Commercial Bank
大西洋银行|Banco Nacional Ultramarino
中国银行|Bank of China
承德银行|~Chengde Yinhang
中银富登村镇银行|BOC Fullerton Community Bank
朝阳银行|~Chaoyang Yinhang
沧州银行|~Cangzhou Yinhang
东莞银行|Bank of Dongguan
丹东银行|~Dandong Yinhang
渤海银行|China Bohai Bank
海南省农村信用社|~Hainan Sheng Nongcun Xinyongshe
锦州银行|Bank of Jinzhou
洛阳银行|~Luoyang Yinhang
平顶山银行|~Pingdingshan Yinhang
青海银行|~Qinghai Yinhang
泉州银行|~Quanzhou Yinhang
新韩银行（中国）|Shinhan Bank (China)
苏州银行|Bank of Suzhou
营口银行|~Yingkou Yinhang
包商银行|Baoshang Bank
宝鸡商行|~Baoji Shanghang
长安银行|~Chang'an Yinhang
中国建设银行|China Construction Bank
重庆三峡银行|Chongqing Three Gorges Bank
国家开发银行|China Development Bank
成都银行|Bank of Chengdu
成都农商银行|Chengdu Rural Commercial Bank
中国光大银行|China Everbright Bank
中银通商务支付有限公司|~Zhongyintong Shangwu Zhifu Youxiangongsi
南充市商业银行|~Nanchong Shi Shangye Yinhang
创兴银行有限公司|Chong Hing Bank
兴业银行|Industrial Bank
花旗银行（中国）|Citibank (China)
中信银行|China CITIC Bank
苏州长江商业银行|~Suzhou Changjiang Shangye Yinhang
招商银行|China Merchants Bank
中国民生银行|China Minsheng Bank
交通银行|Bank of Communications
交通银行香港分行|Bank of Communications, Hong Kong Branch
重庆银行|Bank of Chongqing
重庆农村商业银行|Chongqing Rural Commercial Bank
CSC借记卡|CSC debit card
长沙银行|Bank of Changsha
常熟农商银行|Changshu Rural Commercial Bank
集友银行|Chiyu Banking Corporation
中国银盛|~Zhongguo Yinsheng
浙商银行|China Zheshang Bank
浙江稠州商业银行|Zhejiang Chouzhou Commercial Bank
长治市商业银行|~Changzhi Shi Shangye Yinhang
常州农村信用联社|~Changzhou Nongcun Xinyong Lianshe
龙江银行|Longjiang Bank
星展银行|DBS Bank
大连银行|Bank of Dalian
东莞农村商业银行|Dongguan Rural Commercial Bank
大新银行|Dah Sing Bank
大新银行（中国）|Dah Sing Bank (China)
大新银行（香港）|Dah Sing Bank (Hong Kong)
大同银行|~Datong Yinhang
德阳商业银行|~Deyang Shangye Yinhang
东营市商业银行|~Dongying Shi Shangye Yinhang
德州银行|~Dezhou Yinhang
达州银行|~Dazhou Yinhang
恒丰银行|Evergrowing Bank
龙岗鼎业村镇银行|~Longgang Dingye Cunzhen Yinhang
恩施农村商业银行|~Enshi Nongcun Shangye Yinhang
富邦华一银行|Fubon Bank (China)
富滇银行|Fudian Bank
福建海峡银行|Fujian Haixia Bank
福建省农村信用社联合社|~Fujian Sheng Nongcun Xinyongshe Lianheshe
吉林丰满惠民村镇银行|~Jilin Fengman Huimin Cunzhen Yinhang
抚顺银行|~Fushun Yinhang
抚顺银行股份有限公司|~Fushun Yinhang Gufen Youxiangongsi
阜新银行|~Fuxin Yinhang
广州银行|Bank of Guangzhou
广东发展银行|China Guangfa Bank
广东省农村信用社联合社|~Guangdong Sheng Nongcun Xinyongshe Lianheshe
广东华兴银行|Guangdong Huaxing Bank
桂林银行|~Guilin Yinhang
广州农商银行|Guangzhou Rural Commercial Bank
甘肃银行|Bank of Gansu
甘肃省农村信用社|~Gansu Sheng Nongcun Xinyongshe
长春高新惠民村镇银行|~Changchun Gaoxin Huimin Cunzhen Yinhang
广西省农村信用社|~Guangxi Sheng Nongcun Xinyongshe
贵阳市商业银行|~Guiyang Shi Shangye Yinhang
赣州银行|~Ganzhou Yinhang
贵州省农村信用社|~Guizhou Sheng Nongcun Xinyongshe
内蒙古银行|Bank of Inner Mongolia
韩亚银行|Hana Bank
湖北银行|~Hubei Yinhang
河北省农村信用社|~Hebei Sheng Nongcun Xinyongshe
邯郸银行|~Handan Yinhang
惠东惠民村镇银行|~Huidong Huimin Cunzhen Yinhang
汉口银行|Hankou Bank
东亚银行|Bank of East Asia
葫芦岛市商业银行|~Huludao Shi Shangye Yinhang
黑龙江省农村信用社|~Heilongjiang Sheng Nongcun Xinyongshe
湖南省农村信用社|~Hunan Sheng Nongcun Xinyongshe
河南省农村信用社|~Henan Sheng Nongcun Xinyongshe
哈尔滨银行|Harbin Bank
华融湘江银行|Huarong Xiangjiang Bank
恒生银行|Hang Seng Bank
徽商银行|Huishang Bank
汇丰银行（中国）|HSBC Bank (China)
衡水银行|~Hengshui Yinhang
湖北省农村信用社|~Hubei Sheng Nongcun Xinyongshe
华夏银行|Hua Xia Bank
杭州银行|Bank of Hangzhou
湖州市商业银行|~Huzhou Shi Shangye Yinhang
中国工商银行|Industrial and Commercial Bank of China
金华银行|~Jinhua Yinhang
晋城银行|~Jincheng Yinhang
九江银行|Bank of Jiujiang
吉林银行|Bank of Jilin
吉林农信|~Jilin Nongxin
济宁银行|~Jining Yinhang
江苏江阴农村商业银行|Jiangsu Jiangyin Rural Commercial Bank
晋商银行|Jinshang Bank
江苏银行|Bank of Jiangsu
江苏省农村信用联合社|~Jiangsu Sheng Nongcun Xinyong Lianheshe
嘉兴银行|~Jiaxing Yinhang
江西省农村信用社|~Jiangxi Sheng Nongcun Xinyongshe
晋中市商业银行|~Jinzhong Shi Shangye Yinhang
焦作市商业银行|~Jiaozuo Shi Shangye Yinhang
昆仑银行|Bank of Kunlun
昆明农村信用联合社|~Kunming Nongcun Xinyong Lianheshe
库尔勒市商业银行|~Korla Shi Shangye Yinhang
昆山农村商业银行|Kunshan Rural Commercial Bank
昆山农信社|~Kunshan Nongxinshe
廊坊银行|~Langfang Yinhang
辽宁省农村信用社|~Liaoning Sheng Nongcun Xinyongshe
临商银行|~Linshang Yinhang
莱商银行|~Laishang Yinhang
乐山市商业银行|~Leshan Shi Shangye Yinhang
凉山州商业银行|~Liangshanzhou Shangye Yinhang
泸州市商业银行|~Luzhou Shi Shangye Yinhang
辽阳市商业银行|~Liaoyang Shi Shangye Yinhang
柳州银行|~Liuzhou Yinhang
兰州银行|Bank of Lanzhou
浙江民泰商业银行|Zhejiang Mintai Commercial Bank
绵阳市商业银行|~Mianyang Shi Shangye Yinhang
宁波银行|Bank of Ningbo
鄞州银行|~Yinzhou Yinhang
江西银行|Jiangxi Bank
宁波通商银行|~Ningbo Tongshang Yinhang
宁波东海银行|~Ningbo Donghai Yinhang
南海农商银行|~Nanhai Nongshang Yinhang
南京银行|Bank of Nanjing
内蒙古农村信用社|~Neimenggu Nongcun Xinyongshe
南通商业银行|~Nantong Shangye Yinhang
宁夏银行|Bank of Ningxia
宁夏黄河农村商业银行|~Ningxia Huanghe Nongcun Shangye Yinhang
广东南粤银行|Guangdong Nanyue Bank
南阳村镇银行|~Nanyang Cunzhen Yinhang
华侨银行（中国）|OCBC Bank (China)
鄂尔多斯银行|~Ordos Yinhang
平凉市商业银行|~Pingliang Shi Shangye Yinhang
中国邮政储蓄银行|Postal Savings Bank of China
盘锦市商业银行|~Panjin Shi Shangye Yinhang
攀枝花市商业银行|~Panzhihua Shi Shangye Yinhang
青岛银行|Bank of Qingdao
青岛农村商业银行|Qingdao Rural Commercial Bank
秦皇岛银行|~Qinhuangdao Yinhang
秦皇岛市商业银行|~Qinhuangdao Shi Shangye Yinhang
青海农村信用社|~Qinghai Nongcun Xinyongshe
曲靖市商业银行|~Qujing Shi Shangye Yinhang
齐鲁银行|Qilu Bank
齐鲁村镇银行|~Qilu Cunzhen Yinhang
珠海华润银行|China Resources Bank of Zhuhai
榆次融信村镇银行|~Yuci Rongxin Cunzhen Yinhang
日照银行|~Rizhao Yinhang
渣打银行|Standard Chartered Bank
渣打银行（香港）|Standard Chartered Bank (Hong Kong)
四川省农村信用社|~Sichuan Sheng Nongcun Xinyongshe
顺德农商银行|Shunde Rural Commercial Bank
山东省农村信用社|~Shandong Sheng Nongcun Xinyongshe
上海银行|Bank of Shanghai
上海商业银行（香港）|Shanghai Commercial Bank
上海农村商业银行|Shanghai Rural Commercial Bank
盛京银行|Shengjing Bank
湖南农村信用社联合社|~Hunan Nongcun Xinyongshe Lianheshe
双流诚民村镇银行|~Shuangliu Chengmin Cunzhen Yinhang
遂宁市商业银行|~Suining Shi Shangye Yinhang
平安银行|Ping An Bank
上海浦东发展银行|Shanghai Pudong Development Bank
上饶银行|~Shangrao Yinhang
深圳农村商业银行|Shenzhen Rural Commercial Bank
绍兴银行|~Shaoxing Yinhang
陕西信合|~Shaanxi Xinhe
山西省农村信用社|~Shanxi Sheng Nongcun Xinyongshe
石嘴山银行|~Shizuishan Yinhang
泰安市商业银行|~Tai'an Shi Shangye Yinhang
天津银行|Bank of Tianjin
江苏太仓农村商业银行|~Jiangsu Taicang Nongcun Shangye Yinhang
大丰银行有限公司|Tai Fung Bank
天津滨海农村商业银行|~Tianjin Binhai Nongcun Shangye Yinhang
铁岭银行|~Tieling Yinhang
天津农商银行|Tianjin Rural Commercial Bank
唐山银行|~Tangshan Yinhang
台州银行|Bank of Taizhou
联合村镇银行|~Lianhe Cunzhen Yinhang
乌鲁木齐市商业银行|~Urumqi Shi Shangye Yinhang
永亨银行|Wing Hang Bank
乌海银行|~Wuhai Yinhang
澳门永亨银行|Banco Weng Hang
威海市商业银行|Weihai City Commercial Bank
武汉农村商业银行|Wuhan Rural Commercial Bank
吴江农商银行|Wujiang Rural Commercial Bank
永隆银行|Wing Lung Bank
友利银行（中国）|Woori Bank (China)
无锡农村商业银行|Wuxi Rural Commercial Bank
无锡市商业银行|~Wuxi Shi Shangye Yinhang
温州银行|Bank of Wenzhou
西安银行|Bank of Xi'an
咸丰常农商村镇银行|~Xianfeng Changnongshang Cunzhen Yinhang
新华村镇银行|~Xinhua Cunzhen Yinhang
新会农商银行|~Xinhui Nongshang Yinhang
新疆农村信用社|~Xinjiang Nongcun Xinyongshe
中山小榄村镇银行|~Zhongshan Xiaolan Cunzhen Yinhang
厦门银行|Xiamen Bank
厦门市商业银行|~Xiamen Shi Shangye Yinhang
邢台银行|~Xingtai Yinhang
雅安市商业银行|~Ya'an Shi Shangye Yinhang
宜宾市商业银行|~Yibin Shi Shangye Yinhang
宜昌市商业银行|~Yichang Shi Shangye Yinhang
盐城商行|~Yancheng Shanghang
尧都农商村镇银行|~Yaodu Nongshang Cunzhen Yinhang
尧都农商行|~Yaodu Nongshanghang
云南省农村信用社|~Yunnan Sheng Nongcun Xinyongshe
阳泉银行|~Yangquan Yinhang
烟台银行|~Yantai Yinhang
玉溪市商业银行|~Yuxi Shi Shangye Yinhang
银座银行|~Yinzuo Yinhang
齐商银行|~Qishang Yinhang
自贡市商业银行|~Zigong Shi Shangye Yinhang
珠海华润银行股份有限公司|China Resources Bank of Zhuhai
镇江市商业银行|~Zhenjiang Shi Shangye Yinhang
张家口市商业银行|~Zhangjiakou Shi Shangye Yinhang
浙江省农村信用社联合社|~Zhejiang Sheng Nongcun Xinyongshe Lianheshe
浙江泰隆商业银行|Zhejiang Tailong Commercial Bank
张家港农村商业银行|Zhangjiagang Rural Commercial Bank
中原银行|Zhongyuan Bank
遵义市商业银行|~Zunyi Shi Shangye Yinhang
郑州银行|Bank of Zhengzhou
郑州商业银行|~Zhengzhou Shangye Yinhang
`;
